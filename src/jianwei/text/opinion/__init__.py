"""What a text praises and what it blames: the lists, the clauses, the finding, the judging."""
