"""What at least two rooms use: progress, times, files, results, words. It knows nothing of WeChat."""
