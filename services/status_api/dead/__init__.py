"""Dead letters: their index and their replay."""
