"""What parts come to: the stored records and the history that they name, the fold of each group, and the changes."""
