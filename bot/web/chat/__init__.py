"""The customer's side: chat API, widget and the sample shop page."""
