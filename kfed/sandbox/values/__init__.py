"""What the rest is made with: names, quantities, causes, options; nothing here knows a type."""
