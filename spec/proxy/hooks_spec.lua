-- The hooks `request` and `response`: what they change, answer, and wait for.

local kit = require "spec.support.kit"

local CORE = [[local proxy = require "luaproxy"
]]

-- A proxy before one backend, with this text in its table.
local function proxy_with(rest, backend, head)
  backend = backend or kit.backend { name = "a" }
  local proxy = kit.proxy { backend, script = (head or "") .. [[
    return { listen = "127.0.0.1:0", backends = { { "%s", id = "a" } }, health = false, ]]
    .. rest:gsub("%%", "%%%%") .. " }" }
  return proxy, backend
end

describe("the request hook", function()
  after_each(kit.cleanup)

  it("changes what the backend sees", function()
    local proxy, backend = proxy_with [[request = function(req)
      req.path, req.query, req.host = "/new", "q=" .. req.method, "inner.example:81"
      req.headers["X-User"] = "me"
      req.headers["Accept"] = nil
      req.headers["X-List"] = { "one", "two" }
    end]]
    proxy:request { target = "/old?x=y", host = "outer.example", fields = {
      ["X-User"] = { "you", "they" }, Accept = "all", ["X-Stays"] = "1" } }
    local seen = backend.requests[1]
    assert.equal("/new?q=GET", seen.target)
    assert.equal("inner.example:81", seen.fields.host)
    assert.equal("outer.example", seen.fields["x-forwarded-host"])
    assert.equal("me", seen.fields["x-user"])
    assert.same({ "one", "two" }, seen.fields["x-list"])
    assert.equal("1", seen.fields["x-stays"])
    assert.is_nil(seen.fields.accept)
  end)

  it("leaves the client's words in the access log", function()
    local proxy = proxy_with [[request = function(req) req.path = "/new" end]]
    proxy:get "/old"
    proxy:wait_line 'access .*"GET /old HTTP/1.1" 200'
  end)

  it("sets what no client can have taken away by naming it in Connection", function()
    local proxy, backend = proxy_with [[request = function(req)
      req.headers["X-User"] = "admin"
    end]]
    proxy:request { target = "/", fields = { Connection = "x-user, x-other", ["X-User"] = "guest",
      ["X-Other"] = "1" } }
    assert.equal("admin", backend.requests[1].fields["x-user"])
    assert.is_nil(backend.requests[1].fields["x-other"])
  end)

  it("decides what is said of the way to here", function()
    local proxy, backend = proxy_with [[request = function(req)
      if req.path == "/trusted" then
        req.headers["X-Forwarded-Proto"], req.headers.Forwarded = "https", "for=10.0.0.1"
      end
      req.headers["X-Forwarded-For"] = nil
    end]]
    local fields = { ["X-Forwarded-For"] = "6.6.6.6", ["X-Forwarded-Proto"] = "gopher",
      Forwarded = "for=6.6.6.6" }
    proxy:request { target = "/", fields = fields }
    proxy:request { target = "/trusted", fields = fields }
    local plain, trusted = backend.requests[1].fields, backend.requests[2].fields
    assert.same({ "127.0.0.1", "http", nil },
      { plain["x-forwarded-for"], plain["x-forwarded-proto"], plain.forwarded })
    assert.same({ "127.0.0.1", "https", "for=10.0.0.1" },
      { trusted["x-forwarded-for"], trusted["x-forwarded-proto"], trusted.forwarded })
  end)

  it("answers, and nobody is asked", function()
    local proxy, backend = proxy_with [[request = function(req)
      return { status = 302, headers = { Location = "/x", ["Set-Cookie"] = { "a=1", "b=2" } },
        body = "over there\n" }
    end]]
    local client = proxy:connect()
    for _ = 1, 2 do
      client:send(kit.request {})
      local response = client:read_message()
      assert.same({ 302, "Found", "/x", "over there\n", "text/plain" },
        { response.status, response.reason, response.fields.location, response.body,
          response.fields["content-type"] })
      assert.same({ "a=1", "b=2" }, response.fields["set-cookie"])
      assert.is_string(response.fields.date)
    end
    client:send(kit.request { method = "HEAD" })
    local response = client:read_message { head_of = "HEAD" }
    assert.equal("11", response.fields["content-length"])
    assert.equal(0, backend.connections)
  end)

  for status, length in pairs { [204] = "none", [304] = "none", [205] = "0", [599] = "4" } do
    it(("answers %d with the body it can have"):format(status), function()
      local proxy = proxy_with(("request = function() return { status = %d, body = 'body' } end")
        :format(status))
      local client = proxy:connect()
      for _, method in ipairs { "GET", "HEAD", "GET" } do
        client:send(kit.request { method = method })
        local response = client:read_message { head_of = method }
        assert.equal(status, response.status)
        assert.equal(length, response.fields["content-length"] or "none")
      end
    end)
  end

  it("may say the date itself", function()
    local proxy = proxy_with [[request = function()
      return { status = 200, headers = { date = "Thu, 01 Jan 1970 00:00:00 GMT" } }
    end]]
    assert.equal("Thu, 01 Jan 1970 00:00:00 GMT", proxy:get("/").fields.date)
  end)

  it("that answers a body which is still to come ends the connection", function()
    local proxy = proxy_with [[request = function() return { status = 403 } end]]
    local client = proxy:connect()
    client:send "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nGET /trap HTTP/1.1\r\n"
    local response = client:read_message()
    assert.same({ 403, "close" }, { response.status, response.fields.connection })
    client:expect_eof()
  end)

  it("that fails is answered by 500, and the next request has its own", function()
    local proxy, backend = proxy_with [[request = function(req)
      if req.path == "/bad" then error "oh" end
    end]]
    local client = proxy:connect()
    client:send(kit.request { target = "/bad" } .. kit.request { target = "/good" })
    assert.equal(500, client:read_message().status)
    assert.equal(200, client:read_message().status)
    assert.equal(1, #backend.requests)
    proxy:wait_line "warn +request failed, answered 500: .*: oh"
  end)

  it("comes before the first attempt, and so does whoever routes", function()
    local proxy = kit.proxy { kit.backend { name = "a" }, script = [[return {
      listen = "127.0.0.1:0", pools = { a = { backends = { "%s" } } }, health = false,
      request = function(_, ctx) ctx.data.hook = ctx.attempt end,
      route = function(_, ctx) ctx.data.route = ctx.attempt return "a" end,
      response = function(res, _, ctx)
        res.headers["X-Seen"] = ("hook %%s, route %%s"):format(ctx.data.hook, ctx.data.route)
      end }]] }
    assert.equal("hook 1, route 1", proxy:get("/").fields["x-seen"])
  end)

  it("that a client makes fail on purpose serves everybody else", function()
    local proxy = proxy_with [[request = function(req)
      if req.path ~= "/good" then error "oh" end
    end]]
    local client = proxy:connect()
    client:send(kit.request { target = "/bad" }:rep(20))
    for _ = 1, 20 do assert.equal(500, client:read_message().status) end
    assert.equal(200, proxy:get("/good").status)
    assert.equal(0, #proxy:lines "tripped")
  end)

  it("that is stopped again and again is tripped, and everything is answered by 500", function()
    local proxy, backend = proxy_with [[request = function(req)
      while req.path ~= "/good" do end
    end]]
    for _ = 1, 3 do assert.equal(500, proxy:get("/bad").status) end
    proxy:wait_line "error +request is tripped"
    assert.equal(500, proxy:get("/good").status)
    assert.equal(0, #backend.requests)
  end)
end)

describe("the response hook", function()
  after_each(kit.cleanup)

  it("changes what the client sees", function()
    local backend = kit.backend { name = "a", body = "hello", fields = {
      Server = "secret", ["Set-Cookie"] = { "a=1", "b=2" } } }
    local proxy = proxy_with([[response = function(res, req, ctx)
      res.headers.Server = nil
      res.headers["X-Served-By"] = req.backend.id .. " " .. ctx.data.path
      if res.headers["set-cookie"] == "a=1, b=2" then res.status = 203 end
    end, request = function(req, ctx) ctx.data.path = req.path end]], backend)
    local response = proxy:get "/p"
    assert.same({ 203, "Non-Authoritative Information", "a /p", "hello" },
      { response.status, response.reason, response.fields["x-served-by"], response.body })
    assert.is_nil(response.fields.server)
    assert.same({ "a=1", "b=2" }, response.fields["set-cookie"])
    proxy:wait_line 'access .* 203 5 a '
  end)

  it("that fails lets the response go on", function()
    local proxy = proxy_with [[response = function(res)
      res.headers["X-Before"] = "1"
      res.headers["Content-Length"] = "7"
    end]]
    local response = proxy:get "/"
    assert.same({ 200, "a", "1" }, { response.status, response.body, response.fields["x-before"] })
    proxy:wait_line "response failed, the response goes on as it is: .*not the script's to set"
  end)

  it("does not see what the proxy answers itself", function()
    local proxy = kit.proxy { kit.closed_port(), script = [[
      return { listen = "127.0.0.1:0", backends = { "127.0.0.1:%s" }, health = false,
        response = function(res) res.headers["X-Hook"] = "1" end }]] }
    local response = proxy:get "/"
    assert.same({ 503 }, { response.status, response.fields["x-hook"] })
  end)
end)

describe("a hook that waits", function()
  after_each(kit.cleanup)

  local SLEEP = [[request = { function(req, ctx)
    local began = ctx.now
    proxy.sleep(tonumber(req.query))
    req.headers["X-Slept"] = tostring(ctx.now - began >= tonumber(req.query))
  end, waits = true }]]

  it("lets its request wait, and others pass", function()
    local proxy, backend = proxy_with(SLEEP, nil, CORE)
    local slow, quick = proxy:connect(), proxy:connect()
    slow:send(kit.request { target = "/slow?0.3" })
    quick:send(kit.request { target = "/quick?0" })
    assert.equal(200, quick:read_message().status)
    assert.equal(200, slow:read_message().status)
    assert.equal("/quick?0", backend.requests[1].target)
    assert.equal("true", backend.requests[2].fields["x-slept"])
  end)

  it("keeps requests of one connection in their order", function()
    local proxy = proxy_with(SLEEP, kit.backend {
      handler = function(request) return request.target end }, CORE)
    local client = proxy:connect()
    client:send(kit.request { target = "/a?0.1" } .. kit.request { target = "/b?0" }
      .. kit.request { target = "/c?0.05" })
    for _, target in ipairs { "/a?0.1", "/b?0", "/c?0.05" } do
      assert.equal(target, client:read_message().body)
    end
  end)

  it("asks somebody else first", function()
    local guard = kit.backend { handler = function(request)
      return { status = request.fields["x-token"] == "good" and 200 or 401, body = "who?" }
    end }
    local proxy, backend = proxy_with(([[request = { function(req)
      local answer, why = proxy.http("http://%s/auth", {
        headers = { ["X-Token"] = req.headers["x-token"] or "" } })
      if not answer then return { status = 500, body = why } end
      if answer.status ~= 200 then return { status = 401, body = answer.body } end
    end, waits = true }]]):format(guard.addr), nil, CORE)
    local response = proxy:get("/", { ["X-Token"] = "bad" })
    assert.same({ 401, "who?" }, { response.status, response.body })
    assert.equal(200, proxy:get("/", { ["X-Token"] = "good" }).status)
    assert.equal(1, #backend.requests)
  end)

  for name, body in pairs {
    length = "Content-Length: 5\r\n\r\nhello",
    chunks = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  } do
    it("keeps the body of its request, which comes by " .. name, function()
      local proxy, backend = proxy_with(SLEEP, nil, CORE)
      local client = proxy:connect()
      client:send("POST /?0.1 HTTP/1.1\r\nHost: x\r\n" .. body .. kit.request { target = "/?0" })
      assert.equal(200, client:read_message().status)
      assert.equal(200, client:read_message().status)
      assert.same({ "hello", "" }, { backend.requests[1].body, backend.requests[2].body })
    end)
  end

  it("has no more of a large body read than fits a buffer", function()
    local proxy, backend = proxy_with(SLEEP, nil, CORE)
    local body = kit.payload(300000)
    local response = proxy:request { method = "POST", target = "/?0.2", body = body }
    assert.equal(200, response.status)
    assert.equal(kit.fnv1a(body), kit.fnv1a(backend.requests[1].body))
  end)

  it("lets a client that expects 100-continue wait for the backend's word", function()
    local proxy = proxy_with(SLEEP, nil, CORE)
    local client = proxy:connect()
    client:send("POST /?0.1 HTTP/1.1\r\nHost: x\r\n"
      .. "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert.equal(100, client:read_message().status)
    client:send "hello"
    assert.equal(200, client:read_message().status)
  end)

  it("lets the response wait while its body comes", function()
    local body = kit.payload(300000)
    local proxy = proxy_with([[response = { function(res)
      proxy.sleep(0.2)
      res.headers["X-Late"] = "1"
    end, waits = true }]], kit.backend { body = body }, CORE)
    local response = proxy:get "/"
    assert.equal("1", response.fields["x-late"])
    assert.equal(kit.fnv1a(body), kit.fnv1a(response.body))
  end)

  it("may take as long as timeouts.hook: 504", function()
    local proxy, backend = proxy_with(SLEEP .. ", timeouts = { hook = 0.2 }", nil, CORE)
    local client = proxy:connect()
    client:send(kit.request { target = "/?100" } .. kit.request { target = "/?0" })
    assert.equal(504, client:read_message().status)
    assert.equal(200, client:read_message().status)
    assert.equal(1, #backend.requests)
    proxy:wait_line "warn +request is late, answered 504"
  end)

  it("of the response may take as long: then it goes on as it is", function()
    local proxy = proxy_with([[response = { function(res)
      res.headers["X-Early"] = "1"
      proxy.sleep(100)
    end, waits = true }, timeouts = { hook = 0.2 }]], nil, CORE)
    local response = proxy:get "/"
    assert.same({ 200, "a", "1" }, { response.status, response.body, response.fields["x-early"] })
    proxy:wait_line "warn +response is late, the response goes on as it is"
  end)

  it("ends when its client leaves", function()
    local asked = kit.listener()
    local proxy, backend = proxy_with(([[request = { function(req)
      if req.path == "/wait" then proxy.http "http://%s/" end
    end, waits = true }]]):format(asked.addr), nil, CORE)
    local client = proxy:connect()
    client:send(kit.request { target = "/wait" })
    local conn = asked:accept()
    conn:read_message()
    client:reset()
    conn:expect_closed()
    assert.equal(200, proxy:get("/").status)
    assert.equal(1, #backend.requests)
  end)

  it("fails alone", function()
    local proxy = proxy_with([[request = { function(req)
      proxy.sleep(0.01)
      if req.path == "/bad" then error "oh" end
      if req.path == "/odd" then return 5 end
    end, waits = true }]], nil, CORE)
    assert.equal(500, proxy:get("/bad").status)
    proxy:wait_line "request failed, answered 500: .*: oh"
    assert.equal(500, proxy:get("/odd").status)
    assert.equal(200, proxy:get("/good").status)
  end)

  it("cannot be where the hook is not marked for it", function()
    local proxy = proxy_with([[request = function() proxy.sleep(1) end]], nil, CORE)
    assert.equal(500, proxy:get("/").status)
    proxy:wait_line "can only be called in a task or in a hook with waits = true"
  end)

  it("is finished when the proxy is told to stop", function()
    local proxy = proxy_with(SLEEP, nil, CORE)
    local client = proxy:connect()
    client:send(kit.request { target = "/?0.3" })
    proxy:get "/?0"
    proxy:signal "sigterm"
    local response = client:read_message()
    assert.same({ 200, "close" }, { response.status, response.fields.connection })
    assert.equal(0, (proxy:wait_exit()))
  end)

  it("ends with the time to drain", function()
    local proxy = proxy_with(SLEEP .. ", timeouts = { drain = 0.2 }", nil, CORE)
    local client = proxy:connect()
    client:send(kit.request { target = "/?50" })
    proxy:get "/?0"
    assert.equal(0, (proxy:stop()))
  end)

  it("goes on with the script it began with while another is loaded", function()
    local backend = kit.backend { name = "a" }
    local script = CORE .. [[return { listen = "127.0.0.1:0", backends = { "%s" }, health = false,
      request = { function(req, ctx)
        ctx.data.by = "%s"
        proxy.sleep(tonumber(req.query))
        req.headers["X-By"] = ctx.data.by
      end, waits = true } }]]
    local proxy = kit.proxy { script = script, backend, "old" }
    local client = proxy:connect()
    client:send(kit.request { target = "/1?0.4" })
    proxy:get "/2?0"
    proxy:rewrite(script, backend, "new")
    proxy:signal "sighup"
    proxy:wait_line "loaded .* anew"
    proxy:get "/3?0"
    assert.equal(200, client:read_message().status)
    local by = {}
    for _, request in ipairs(backend.requests) do by[request.target] = request.fields["x-by"] end
    assert.same({ ["/1?0.4"] = "old", ["/2?0"] = "old", ["/3?0"] = "new" }, by)
    proxy:stop()
  end)

  it("costs no more than its time, a hundred at once", function()
    local proxy, backend = proxy_with(SLEEP, nil, CORE)
    local clients = {}
    for i = 1, 100 do
      clients[i] = proxy:connect()
      clients[i]:send(kit.request { target = "/?0.3" })
    end
    for i = 1, 100 do assert.equal(200, clients[i]:read_message().status) end
    assert.equal(100, #backend.requests)
  end)
end)
