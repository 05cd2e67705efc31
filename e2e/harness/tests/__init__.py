"""Shows that the harness bites: each fault it promises to find is planted here, and found."""
