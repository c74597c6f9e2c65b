"""What texts are about: TF-IDF, TextRank, phrases."""
