"""The log turned into messages: which webhook is to be told of which event."""
