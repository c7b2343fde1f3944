-- Each call that an exchange makes fails once, wherever it is: that costs at most a connection.

local kit = require "spec.support.kit"
local scarce = require "spec.support.scarce"
local usage = require "spec.support.usage"

local SCRIPT = [[
  return { listen = "127.0.0.1:0", health = false, outlier = false,
    limits = { body = 1000000 }, pools = {
      one = { backends = { { "%s", id = "a" } } },
      two = { backends = { { "%s", id = "quits" }, { "%s", id = "b" } },
              pick = function(up) return up[1] end } },
    route = function(req) return req.path == "/again" and "two" or "one" end,
    request = function(req) req.headers["X-Seen"] = { "a", req.method .. req.path } end,
    response = function(res) res.headers["X-Back"] = tostring(res.status) end }
]]

local LARGE = kit.payload(300000)

-- Requests that follow each other on a connection.
local TWICE = { {}, {} }
local STORIES = {
  TWICE,
  { { method = "POST", body = "some text" } },
  { { method = "POST", target = "/chunks", body = { "one", LARGE:sub(1, 100000), "two" } } },
  { { target = "/large" } },
  { { method = "POST", body = LARGE } },
  { { target = "/again" } },
  { { method = "POST", fields = { ["Content-Length"] = 1000001 } } },
}

-- What may go wrong with each call.
local CALLS = {
  { "accept4", "EMFILE", "ECONNABORTED", "EINTR" },
  { "socket", "EMFILE", "ENFILE", "ENOBUFS" },
  { "connect", "ECONNREFUSED", "EADDRNOTAVAIL", "ENETUNREACH", "ENOMEM" },
  { "read", "EAGAIN", "EINTR", "ECONNRESET", "short" },
  { "recv", "ECONNRESET", "EINTR" },
  { "send", "EAGAIN", "EPIPE", "ENOBUFS", "short" },
  { "sendmsg", "EAGAIN", "ECONNRESET", "short" },
  { "splice", "EAGAIN", "ECONNRESET", "short" },
  { "pipe2", "EMFILE" },
  { "fcntl", "EPERM" },
  { "getsockopt", "ENOBUFS" },
  { "setsockopt", "ENOBUFS" },
  { "shutdown", "ENOTCONN" },
  { "close", "EIO" },
  { "epoll_ctl", "ENOMEM", "ENOSPC" },
  { "epoll_wait", "EINTR" },
}

local function handler(request)
  if request.target == "/chunks" then return { body = { request.body, "and", "more" } } end
  if request.target == "/large" then return { body = LARGE } end
  return { body = request.body ~= "" and request.body or "-" }
end

local function expected_body(request)
  if request.target == "/large" then return LARGE end
  if request.target == "/chunks" then return table.concat(request.body) .. "andmore" end
  return request.body or "-"
end

-- Three backends of which the second closes every connection, and the proxy before them.
local function start()
  local orders = scarce.new()
  local backends = kit.backends(3, { handler = handler })
  backends[2].handler = function(_, conn) conn:close() end
  return kit.proxy { script = SCRIPT, env = orders.env, table.unpack(backends) }, orders, backends
end

-- Asks one thing after the other over a connection, until an answer is not the one that is to come.
local function tell(proxy, story)
  local client = proxy:connect()
  for _, request in ipairs(story) do
    client:post(kit.request(request))
    local response = client:read_message()
    if response.status ~= 200 then break end
    assert.is_true(response.body == expected_body(request), "another body")
  end
  client:close()
end

-- The same while something may fail: then the connection may end, but not hang.
local function try(proxy, story, order)
  local ok, why = pcall(tell, proxy, story)
  why = ok and "" or tostring(why)
  if why:find "s passed awaiting" or why:find "another body" then
    error(("%s of %s, number %d: %s"):format(order.errno, order.call, order.nth, why))
  end
end

local function open_at(backends)
  local n = 0
  for _, backend in ipairs(backends) do n = n + backend:open_connections() end
  return n
end

-- Nothing is left of all that: no descriptor, no request.
local function assert_nothing_left(proxy, backends, sockets)
  kit.until_true(function()
    return usage.descriptors(proxy, "socket") == sockets + open_at(backends)
  end, "as many sockets as at first")
  assert.is_true(usage.descriptors(proxy, "pipe") <= 4, "pipes are left open")
  proxy:signal "sigusr1"
  for _, id in ipairs { "a", "quits", "b" } do
    local inflight = proxy:wait_line("status: pool %S+, backend " .. id .. ": up, (%d+) in flight")
    assert.equal("0", inflight)
  end
end

describe("when a call fails", function()
  after_each(kit.cleanup)

  for _, case in ipairs(CALLS) do
    it("which is " .. case[1] .. ", others are served and nothing is left of it", function()
      local proxy, orders, backends = start()
      local sockets, rounds = usage.descriptors(proxy, "socket"), 0
      for i = 2, #case do
        for _, story in ipairs(STORIES) do
          local order = { call = case[1], errno = case[i], nth = 0 }
          repeat
            order.nth = order.nth + 1
            orders:fail(order)
            try(proxy, story, order)
            local _, hits = orders:stop()
            rounds = rounds + hits
            tell(proxy, TWICE)
          until hits == 0
        end
      end
      assert.is_true(rounds > 0)
      assert_nothing_left(proxy, backends, sockets)
    end)
  end
end)

describe("when a call fails again and again", function()
  after_each(kit.cleanup)

  for _, case in ipairs {
    { "accept4", "ENFILE" }, { "socket", "EMFILE" }, { "connect", "EADDRNOTAVAIL" },
    { "pipe2", "EMFILE" }, { "send", "ENOBUFS" }, { "sendmsg", "ENOBUFS" },
    { "epoll_ctl", "ENOMEM" }, { "epoll_ctl", "ENOSPC" }, { "setsockopt", "ENOBUFS" },
  } do
    it(("which is %s, with %s, nothing spins, and all goes on afterwards"):format(
      case[1], case[2]), function()
      local proxy, orders, backends = start()
      local sockets = usage.descriptors(proxy, "socket")
      tell(proxy, TWICE)
      orders:fail { call = case[1], errno = case[2], forever = true }
      local clients = {}
      for i, story in ipairs(STORIES) do
        clients[i] = proxy:connect()
        clients[i]:post(kit.request(story[1]))
      end
      assert.is_true(usage.cpu(proxy, 0.2) < 0.2)
      orders:stop()
      for _, client in ipairs(clients) do client:close() end
      tell(proxy, TWICE)
      assert_nothing_left(proxy, backends, sockets)
    end)
  end
end)

describe("when an allocation fails", function()
  after_each(kit.cleanup)

  -- All that can be asked, of a proxy that has not served anybody.
  local function try_all(proxy, order)
    for _, story in ipairs(STORIES) do try(proxy, story, order) end
  end

  for _, call in ipairs { "malloc", "calloc", "realloc" } do
    it("which is " .. call .. ", others are served and nothing is left of it", function()
      local order = { call = call, errno = "ENOMEM", nth = 0 }
      repeat
        local proxy, orders, backends = start()
        local sockets = usage.descriptors(proxy, "socket")
        order.nth = order.nth + 1
        orders:fail(order)
        try_all(proxy, order)
        local _, hits = orders:stop()
        tell(proxy, TWICE)
        assert_nothing_left(proxy, backends, sockets)
        kit.cleanup()
      until hits == 0
      assert.is_true(order.nth > 1 or call == "malloc") -- which is for libraries alone
    end)
  end

  it("and all others do as well, the process ends with a line that says so", function()
    local proxy, orders = start()
    orders:fail { call = "calloc", errno = "ENOMEM", forever = true }
    proxy:connect()
    local _, signal = proxy:wait_exit()
    proxy.was_signalled = true
    assert.is_true(signal == "sigabrt" or signal == "sigiot", signal) -- two names for one
    assert.equal(1, #proxy:lines "error +out of memory")
  end)
end)
