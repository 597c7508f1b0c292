# csync3: how to build, test and try it. `make check` is exactly what CI runs after installing
# its tools.
CARGO ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
# Where csync3 finds its configuration, keys and certificates.
SYSTEM_DIR ?= /etc
CERTIFICATE = $(SYSTEM_DIR)/csync2_ssl_cert.pem
CERTIFICATE_KEY = $(SYSTEM_DIR)/csync2_ssl_key.pem
SBIN = $(DESTDIR)$(PREFIX)/sbin
SHARE = $(DESTDIR)$(PREFIX)/share
UNITS = $(DESTDIR)/etc/systemd/system
RELEASE = $(or $(CARGO_TARGET_DIR),target)/release

.PHONY: build demo test check fmt clippy doc deny violations packages bench man install install-units

build:
	$(CARGO) build --release --locked --package csync3

# Three nodes on loopback, a few thousand files, an edit, a removal, a conflict.
demo: build
	scripts/demo.sh $(RELEASE)/csync3

# The packaged csync2, rsync and rdiff are what the tests compare csync3 with.
packages:
	scripts/install-test-packages.sh

test: packages
	scripts/test.sh

check: fmt clippy violations doc deny test

fmt:
	$(CARGO) fmt --all --check

clippy:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

# Code that the lints must reject, and a proof that they do.
violations:
	scripts/check-violations.sh

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

deny:
	$(CARGO) deny --locked check bans licenses sources

# csync3 against the packaged csync2, in pairs; see docs/performance.md. BENCH_ARGS=--quick takes a
# minute and shows that everything works, BENCH_ARGS=--help the rest.
bench: build
	$(CARGO) build --release --locked --package csync3-testkit --bin bench
	$(RELEASE)/bench $(BENCH_ARGS)

# Manual pages and completions from the program; a test says when they are stale.
man:
	CSYNC3_RENEW=1 $(CARGO) test --locked --package csync3 --test generated pages_and

# Also makes a certificate for TLS, if there is none; but not into a package (DESTDIR), for every
# host needs a key of its own.
install: build
	install -d $(SBIN)
	install -m 0755 $(RELEASE)/csync3 $(SBIN)/csync3
	ln -sfn csync3 $(SBIN)/csync2
	install -m 0755 contrib/csync3-compare contrib/csync3-locheck.sh $(SBIN)
	install -d $(SHARE)/man/man8 $(SHARE)/man/man5 $(SHARE)/bash-completion/completions
	install -d $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	install -m 0644 man/*.8 $(SHARE)/man/man8
	install -m 0644 man/*.5 $(SHARE)/man/man5
	install -m 0644 completions/csync3.bash $(SHARE)/bash-completion/completions/csync3
	install -m 0644 completions/_csync3 $(SHARE)/zsh/site-functions/_csync3
	install -m 0644 completions/csync3.fish $(SHARE)/fish/vendor_completions.d/csync3.fish
	test -n "$(DESTDIR)" || test -e $(CERTIFICATE) || test -e $(CERTIFICATE_KEY) || \
		CSYNC2_SYSTEM_DIR=$(SYSTEM_DIR) $(RELEASE)/csync3 cert create

# Copies the units and starts nothing; README.md says which to enable.
install-units:
	install -d $(UNITS)
	for unit in packaging/systemd/*; do \
		sed 's,/usr/local/sbin/,$(PREFIX)/sbin/,' "$$unit" >"$(UNITS)/$${unit##*/}" || exit 1; \
	done
