"""The remote ends: where partners' files arrive and where theirs are put."""
