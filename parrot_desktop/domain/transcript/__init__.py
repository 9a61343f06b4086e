"""What a transcript says, before anything is drawn: safe text, tools, diffs, order, search. Plain Python."""
