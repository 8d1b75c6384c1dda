#!/bin/sh
# Chromium at the priority of the work that a page waits for. Without a graphics card the turning
# wheel of a page that waits takes a core, which a fit, which steps back, would never get; and root's
# Chromium puts itself before all others, unless it loses the right to.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  exec setpriv --bounding-set=-sys_nice nice -n 10 "$CHROMIUM" "$@"
fi
exec nice -n 10 "$CHROMIUM" "$@"
