"""Models of what people had to do with: each fits interactions and scores items for any history, one that it has never seen included."""
