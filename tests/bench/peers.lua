--- Who is measured, and how each is started.

local haproxy = require "tests.bench.haproxy"
local kit = require "spec.support.kit"
local nginx = require "tests.bench.nginx"

local peers = {
  --- Everybody there is.
  all = { "relay", "luaproxy", "luaproxy-c", "luaproxy-random2", "luaproxy-garbage", "nginx",
    "nginx-lua", "haproxy", "haproxy-lua", "haproxy-splice" },
  --- Those in every case unless the user says otherwise.
  usual = { "relay", "luaproxy", "nginx", "nginx-lua", "haproxy", "haproxy-lua",
    "haproxy-splice" },
  --- Whose choice is round robin, so that shares must be even.
  takes_turns = { luaproxy = true, ["luaproxy-c"] = true, ["luaproxy-garbage"] = true,
    nginx = true, ["nginx-lua"] = true, haproxy = true, ["haproxy-lua"] = true,
    ["haproxy-splice"] = true },
}

local PATIENCE = 10   -- seconds until a peer must serve

local function luaproxy(policy)
  return function(plan)
    local words = { os.getenv "LUAPROXY" or "./luaproxy", "tests/bench/proxy.lua", policy,
      "127.0.0.1:" .. plan.port }
    return table.move(plan.backends, 1, #plan.backends, #words + 1, words)
  end
end

local function relay(plan)
  local words = { "build/bench/relay" }
  if plan.case.close then words[2] = "--close" end
  words[#words + 1] = tostring(plan.port)
  return table.move(plan.backends, 1, #plan.backends, #words + 1, words)
end

local commands = {
  relay = relay,
  luaproxy = luaproxy "roundrobin",
  ["luaproxy-c"] = luaproxy "none",
  ["luaproxy-random2"] = luaproxy "random2",
  ["luaproxy-garbage"] = luaproxy "garbage",
  ["luaproxy-runaway"] = function(plan) return luaproxy("runaway:" .. plan.case.runaway)(plan) end,
  nginx = nginx.plain,
  ["nginx-lua"] = nginx.lua,
  haproxy = haproxy.plain,
  ["haproxy-lua"] = haproxy.lua,
  ["haproxy-splice"] = haproxy.splice,
}

--- The command that runs a peer.
-- @tparam string name one of `peers.all`
-- @tparam table plan `case`, `port` to listen at, `backends`: their addresses, `clients`: how many
-- there may be
-- @treturn {string,...}
function peers.command(name, plan)
  return commands[name](plan)
end

--- Starts a peer.
-- @tparam string name one of `peers.all`
-- @tparam table plan see `peers.command`
-- @tparam ?{string,...} prefix words before the command, for instance of taskset(1)
-- @treturn process see the kit, with `.port`
function peers.start(name, plan, prefix)
  local words = table.move(prefix or {}, 1, #(prefix or {}), 1, {})
  local command = peers.command(name, plan)
  table.move(command, 1, #command, #words + 1, words)
  words.stop_signal = "sigterm"   -- nginx would leave its worker behind
  local process = kit.spawn(words)
  process.port = plan.port
  return process
end

--- Waits until a peer accepts connections.
-- @tparam process process of `peers.start`
function peers.await(process)
  kit.until_true(function()
    assert(process:is_running(), process.title .. " has ended: " .. process.output:describe())
    local ok, conn = pcall(kit.connect, process.port)
    if ok then conn:close() end
    return ok
  end, process.title .. " to listen", PATIENCE)
end

return peers
