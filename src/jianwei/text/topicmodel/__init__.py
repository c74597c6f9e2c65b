"""Topics: what many texts are about. `answer` asks, `model` is what is kept; the other modules are its steps, in this order:

`corpus` (words of texts) → `vectors` (words by their company) → `choice` (how many) → `clusters` (which text where) → `naming`.
"""
