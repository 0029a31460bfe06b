"""Any schema to a structural one: what a CustomResourceDefinition can say, and what is lost."""
