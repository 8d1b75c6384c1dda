"""The functions that programs call over HTTP, as MCP tools and by `gradio_client`."""
