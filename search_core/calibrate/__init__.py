"""From scores and judgements to a number that can be trusted."""
