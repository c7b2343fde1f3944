-- What luaproxy runs in a benchmark: a shipped script, without access log and health checks.
-- luaproxy tests/bench/proxy.lua POLICY LISTEN BACKEND...
-- POLICY is the name of a file in scripts/ or here, or "none": then round robin in C chooses. What
-- follows its name and a colon is the argument of the function that the file returns.

local policy, listen = ...
package.path = "scripts/?.lua;tests/bench/?.lua;./?.lua"

local name, argument = policy:match "^([^:]*):?(.*)$"
local config = name == "none" and {} or require(name)
if type(config) == "function" then config = config(argument) end
config.listen = listen
config.backends = { select(3, ...) }
config.health = false
config.log = { access = false }
config.limits = { connections = 20000 }
return config
