"""YAML and JSON as Kubernetes reads them: split, parse, locate, emit. Pure: text in, values out, and back."""
