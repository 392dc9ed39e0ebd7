"""What the digits choose: each is drawn below the sentence, in the place of the others."""
