"""What all endpoints share: limits and headers around them, pages and dependencies inside them."""
