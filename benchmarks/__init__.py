"""Side by side with what people use today: every case runs in a process of its own, interleaved, the median counts."""
