"""One HTTP request, from its bytes to the form of its answer: body, size and time limits, errors and their answers."""
