"""What a patch or an applied object makes of an object, and who owns which field after it."""
