"""Beyond one machine: the work that several share. Nothing of it is imported unless asked for."""
