-- What luaproxy runs in a benchmark: a shipped script, without access log and health checks.
-- luaproxy tests/bench/proxy.lua POLICY LISTEN BACKEND...
-- POLICY is the name of a file in scripts/ or here, or "none": then round robin in C chooses.

local policy, listen = ...
package.path = "scripts/?.lua;tests/bench/?.lua"

local config = policy == "none" and {} or require(policy)
config.listen = listen
config.backends = { select(3, ...) }
config.health = false
config.log = { access = false }
config.limits = { connections = 20000 }
return config
