# The programs behind the tests against real API servers; tests/clusters/README.md tells more. Included by ../../Makefile.

.PHONY: assets-full assets-if-possible

assets: venv
	$(BIN)/python tests/clusters/assets.py

assets-full: venv ## As assets, and what creates, schedules and runs pods
	$(BIN)/python tests/clusters/assets.py --full

# Without Go and a network the other tests are still worth running: pytest says what did not run, and fails in CI.
assets-if-possible: venv
	@$(BIN)/python tests/clusters/assets.py || echo "Going on without them." >&2

test: assets-if-possible
