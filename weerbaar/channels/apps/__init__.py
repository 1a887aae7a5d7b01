"""What all messaging channels share; each platform has a module of its own beside this folder."""
