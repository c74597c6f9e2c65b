"""How good models are: hidden items looked for in what the models put first."""
