"""Texts into tokens: one spelling, words, kinds of tokens, the user's own words."""
