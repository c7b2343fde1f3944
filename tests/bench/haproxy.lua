--- haproxy, tuned: one thread, no log, every connection kept and shared.

local kit = require "spec.support.kit"

local haproxy = {}

local CONFIG = [[
global
    nbthread 1
    maxconn $CONNECTIONS
    maxpipes 256
    tune.pool-low-fd-ratio 90
    tune.pool-high-fd-ratio 95
    $LUA
defaults
    mode http
    http-reuse always
    timeout client 3600s
    timeout server 3600s
    timeout connect 5s
    timeout http-keep-alive 3600s
    $SPLICE
frontend clients
    bind 127.0.0.1:$PORT backlog 4096
    default_backend all
backend all
    balance roundrobin
    $CHOICE
    $SERVERS
]]

-- The policy, as luaproxy's round robin: a list, and whose turn it is.
local POLICY = [[
local names, turn = {}, 0
for i = 1, %d do names[i] = "b" .. i end

core.register_fetches("choose", function()
  turn = turn %% #names + 1
  return names[turn]
end)
]]

local function servers(backends)
  local lines = {}
  for i, backend in ipairs(backends) do lines[i] = ("server b%d %s"):format(i, backend) end
  return table.concat(lines, "\n    ")
end

local function command(plan, values)
  values.PORT = plan.port
  values.CONNECTIONS = math.max(4096, plan.clients + 100)
  values.SERVERS = servers(plan.backends)
  local text = CONFIG:gsub("%$([A-Z]+)", values)
  return { "haproxy", "-db", "-f", kit.file(text, "haproxy.cfg") }
end

--- haproxy with its own round robin.
-- @tparam table plan see `peers.command`
-- @treturn {string,...} the command
function haproxy.plain(plan)
  return command(plan, { LUA = "", SPLICE = "", CHOICE = "" })
end

--- haproxy that splices whenever it can.
-- @tparam table plan see `peers.command`
-- @treturn {string,...} the command
function haproxy.splice(plan)
  local splice = "option splice-request\n    option splice-response"
  return command(plan, { LUA = "", SPLICE = splice, CHOICE = "" })
end

--- haproxy with round robin in Lua, which names the server.
-- @tparam table plan see `peers.command`
-- @treturn {string,...} the command
function haproxy.lua(plan)
  local policy = kit.file(POLICY:format(#plan.backends), "policy.lua")
  return command(plan, { LUA = "lua-load " .. policy, SPLICE = "",
    CHOICE = "use-server %[lua.choose] if TRUE" })
end

return haproxy
