"""Those who collect money for the company: an interface, and what stands behind it. Nothing here knows tables."""
