"""The desk: a report taken up by somebody who acts on it, and what every action of an officer has in common."""
