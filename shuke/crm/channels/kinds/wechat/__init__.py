"""WeChat: Official Accounts and WeCom customer service. Tokens, sealed callbacks and errors are the same for both."""
