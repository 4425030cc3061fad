# Each folder's tests are in its own fragment: tests/<folder>/local.mk.
include tests/base/local.mk
include tests/model/local.mk
include tests/wire/local.mk
include tests/daemon/local.mk
include tests/drivers/local.mk
include tests/cli/local.mk
include tests/live/local.mk
include tests/lab/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
