"""Hold what is shipped into machines or beside them; none of it is Django."""
