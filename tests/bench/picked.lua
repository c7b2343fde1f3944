-- Loads one policy among many backends, for picks.c.
-- usage: picked.lua POLICY COUNT
-- POLICY is the name of a script, "scripts/random2", of a file here, or of a policy of the library,
-- "policy/maglev", with the options that it cannot do without.

local name, count = ...

package.path = package.path .. ";./?.lua"

local wrapped = {
  sticky = function(policy, p) return policy(p, { secret = "sixteen bytes or more" }) end,
  avoid = function(policy, p) return policy(p, { zone = "b" }) end,
  prequal = function(policy) return policy() end,
}

-- The policy called NAME of the library; wrappers are put around two choices.
local function make(kind)
  local policy = require("luaproxy.policy." .. kind)
  local twochoices = require "luaproxy.policy.twochoices"
  if wrapped[kind] then return wrapped[kind](policy, twochoices()) end
  if kind == "tiered" or kind == "slowstart" then return policy(twochoices()) end
  return policy()
end

local kind = name:match("^policy/(.*)")
local config = kind and { pick = make(kind) } or require((name:gsub("/", ".")))
config.listen = ":0"
config.backends = {}
for i = 1, math.tointeger(tonumber(count)) do
  config.backends[i] = { ("127.1.%d.%d:80"):format(i >> 8, i & 255), tags = { zone = "a" } }
end
return { listen = config.listen, backends = config.backends, pick = config.pick }
