"""What is made of a file before anybody may see it: looked through, decoded apart from the service, written anew."""
