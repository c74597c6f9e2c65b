"""Models from elsewhere: transformers in a folder, a few examples, an endpoint that is asked."""
