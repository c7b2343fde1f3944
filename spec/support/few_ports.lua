-- What the proxy does when local ports are used up. Runs in a network of its own, in which there
-- are few: see spec/proxy/ports_spec.lua.

local assert = require "luassert"
local kit = require "spec.support.kit"
local loop = require "spec.support.loop"

local PORTS, CLIENTS = 16, 24

local waiting = {}
local backend = kit.backend { handler = function(_, conn) waiting[#waiting + 1] = conn end }
-- Each listener has ports of its own for those who connect to it.
local proxy = kit.proxy { backend, listeners = 3, script = [[
  return { listen = { "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0" }, retry = { tries = 3 },
    backends = { "%s" }, health = { every = 0.1, fall = 1 } }
]] }

local function connect(n)
  local clients = {}
  for i = 1, n do clients[i] = kit.connect(proxy.addrs[i % 3 + 1]) end
  return clients
end

local function statuses(clients)
  local count = {}
  for _, client in ipairs(clients) do
    local status = client:read_message().status
    count[status] = (count[status] or 0) + 1
  end
  return count
end

local clients = connect(CLIENTS)
for _, client in ipairs(clients) do client:send(kit.request {}) end
-- Who gets no port is told so at once, nobody is to blame, and it is said once.
local turned_away = {}
kit.until_true(function()
  turned_away = {}
  for _, client in ipairs(clients) do
    if client.inbox.size > 0 then turned_away[#turned_away + 1] = client end
  end
  return #turned_away + #waiting == #clients
end, "an answer or a port for everybody")
assert.is_true(#waiting > 0 and #waiting <= PORTS)
assert.same({ [503] = #turned_away }, statuses(turned_away))
assert.equal(1, #proxy:lines "out of local ports: no connection to a backend")
-- Checks get none either, which is no verdict.
loop.lapse(0.5, function() return false end)
assert.same({}, proxy:lines "DOWN")
-- With the ports that come back all goes on.
backend.handler = nil
local held = {}
for _, client in ipairs(clients) do
  if not client.inbox.ended and client.inbox.size == 0 then held[#held + 1] = client end
end
for _, conn in ipairs(waiting) do conn:send(kit.response { body = "x" }) end
local asked = #waiting
kit.until_true(function()
  local answered = 0
  for _, client in ipairs(held) do answered = answered + (client.inbox.size > 0 and 1 or 0) end
  return answered == asked
end, "answers")
for _ = 1, 3 do
  for _, client in ipairs(connect(4)) do
    client:send(kit.request { fields = { Connection = "close" } })
    assert.equal(200, client:read_message().status)
    client:close()
  end
end
proxy:stop()
assert.same({}, proxy:lines "backend [^ ]+: ")
kit.cleanup()
print "all is well"
