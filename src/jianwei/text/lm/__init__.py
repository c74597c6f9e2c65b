"""A language model of characters: next characters, perplexity, generation, how odd a text is.

`model.LanguageModel` counts n-grams; `recurrent` is a small neural one, `mixing` makes one of two.
"""
