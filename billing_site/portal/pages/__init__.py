"""What each page of the portal shows and does."""
