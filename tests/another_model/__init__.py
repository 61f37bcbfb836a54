"""An invented data model, Excursion: what one adds to the tables for it. The tests add it to a copy of the product."""
