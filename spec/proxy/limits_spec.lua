-- As many clients at once as limits.connections allows: who is idle makes room for who comes, who
-- is busy does not.

local kit = require "spec.support.kit"

local GET = kit.request {}
local BEGUN = "GET / HTTP/1.1\r\n"
local LIMIT = 5
local MANY = 3 * LIMIT   -- each time a second passes until they have been idle for long enough

describe("limits.connections", function()
  local backend, proxy, clients, held

  before_each(function()
    backend, held = kit.backend { name = "a" }, {}
    proxy = kit.proxy { backend, LIMIT, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" }, limits = { connections = %d } }
    ]] }
    clients = {}
    for i = 1, LIMIT do clients[i] = proxy:connect() end
  end)
  after_each(kit.cleanup)

  local function assert_answered(client)
    assert.equal("a", client:read_message().body)
  end

  local function assert_served(client)
    client:send(GET)
    assert_answered(client)
  end

  -- Has clients ask, and the backend not answer them yet.
  local function occupy(some)
    backend.handler = function(_, conn) held[#held + 1] = conn end
    for _, client in ipairs(some) do client:send(GET) end
    kit.until_true(function() return #held == #some end, #some .. " requests")
    backend.handler = nil
  end

  -- Lets the backend answer those.
  local function release()
    for _, conn in ipairs(held) do conn:send(kit.response { body = "a" }) end
  end

  it("closes the client that has been idle longest for one more", function()
    for _, i in ipairs { 1, 2, 3, 4, 5, 1, 2, 5, 4 } do assert_served(clients[i]) end
    local another = proxy:connect()
    assert_served(another)
    clients[3]:expect_eof()
    for _, i in ipairs { 1, 2, 4, 5 } do assert_served(clients[i]) end
    assert_served(another)
  end)

  it("closes the client that has said nothing for longest, too", function()
    for _, i in ipairs { 1, 3, 4, 5 } do assert_served(clients[i]) end
    assert_served(proxy:connect())
    clients[2]:expect_eof()
    for _, i in ipairs { 1, 3, 4, 5 } do assert_served(clients[i]) end
  end)

  it("locks nobody out, however many come and stay", function()
    for i = LIMIT + 1, MANY do
      clients[i] = proxy:connect()
      assert_served(clients[i])
    end
    for i = 1, MANY - LIMIT do clients[i]:expect_eof() end
    for i = MANY - LIMIT + 1, MANY do assert_served(clients[i]) end
    assert.is_true(#proxy:lines "limits.connections reached" <= 1)
  end)

  it("closes nobody who is busy: others wait until one of them has gone", function()
    clients[1]:send(BEGUN)
    occupy { table.unpack(clients, 2) }
    local sixth = proxy:connect()
    sixth:send(GET)
    proxy:wait_line "warn +limits.connections reached: 5 clients, others wait$"
    sixth:expect_silence(0.05)
    clients[5]:reset()
    assert_answered(sixth)
    clients[1]:send "Host: x\r\n\r\n"
    assert_answered(clients[1])
  end)

  it("closes nobody who is busy: others wait until one of them is idle", function()
    occupy(clients)
    local sixth = proxy:connect()
    sixth:send(GET)
    sixth:expect_silence(0.05)
    release()
    assert_answered(sixth)
    for _, client in ipairs(clients) do assert_answered(client) end
  end)

  it("closes the one idle client among busy ones", function()
    occupy { clients[1], clients[2], clients[4], clients[5] }
    local another = proxy:connect()
    assert_served(another)
    clients[3]:expect_eof()
    release()
    for _, i in ipairs { 1, 2, 4, 5 } do assert_answered(clients[i]) end
  end)

  for _, order in ipairs { "before", "after" } do
    it(("closes nobody who has asked the moment %s another one came"):format(order), function()
      for _, client in ipairs(clients) do assert_served(client) end
      proxy:freeze()
      if order == "before" then clients[1]:send(GET) end
      local another = proxy:connect()
      another:send(GET)
      if order == "after" then clients[1]:send(GET) end
      proxy:thaw()
      assert_answered(another)
      assert_answered(clients[1])
    end)
  end
end)
