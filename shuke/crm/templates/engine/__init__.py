"""Pure machinery: Liquid within limits, blocks to MJML to HTML, plain text, checks."""
