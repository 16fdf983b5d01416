# The watchdog of `cargo xtask`: it leads the process group of all children, and ends the group when
# its standard input ends. Only xtask holds the other side, so that happens however xtask ends.
trap '' HUP INT TERM
read -r _

# Browsers leave the group of the driver that started them, yet remain its descendants.
strays=$(ps -A -o pid= -o ppid= -o pgid= 2>/dev/null | awk -v group=$$ '
  { parent[$1] = $2; of[$1] = $3 }
  END {
    for (pid in parent) {
      at = pid
      while (at > 1 && of[at] != group) at = parent[at]
      if (at > 1 && of[pid] != group) printf "%s ", pid
    }
  }')

# Zombies are over, and the children of this shell are not ours to wait for. Without `ps`: wait.
others_live() {
  ps -A -o pid= -o ppid= -o pgid= -o stat= 2>/dev/null | awk -v group=$$ -v strays="$strays" '
    BEGIN { n = split(strays, list); for (i = 1; i <= n; i++) stray[list[i]] }
    $4 !~ /^Z/ && ($1 in stray || ($3 == group && $1 != group && $2 != group)) { found = 1 }
    END { exit !(found || NR == 0) }'
}

kill -TERM 0 $strays 2>/dev/null
tries=0
while [ $tries -lt 40 ] && others_live; do
  sleep 0.1
  tries=$((tries + 1))
done
[ -n "$strays" ] && kill -KILL $strays 2>/dev/null
kill -KILL 0
