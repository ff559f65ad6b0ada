"""Pure machinery: deciding who is who."""
