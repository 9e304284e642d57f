"""What routing_service keeps of a person whom intake_api has erased goes as well."""
