-- Whether a connection serves another request: what each side says about it, and what it is told.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"

local function get(version, ...)
  local lines = { "GET / HTTP/" .. version, "Host: x", ... }
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

describe("a persistent connection", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  local function pass(request, response)
    line:ask(request)
    return line:answer(response or OK .. "\r\nok")
  end

  local function assert_backend_kept()
    line:probe()
    assert.equal(1, line.backend.accepted)
  end

  describe("of a client", function()
    local function assert_kept(...)
      local client = line:connect()
      local response = pass(...)
      line:probe()
      assert.equal(client, line.client)
      return response.fields.connection
    end

    local function assert_ended(...)
      local response = pass(...)
      assert.same({ "close", "ok" }, { response.fields.connection, response.body })
      line.client:expect_eof()
      assert_backend_kept()
    end

    it("is kept in HTTP/1.1 without a word", function()
      assert.is_nil(assert_kept(get "1.1"))
      assert_backend_kept()
    end)

    it("is kept in HTTP/1.1 by what does not say close", function()
      assert.is_nil(assert_kept(get("1.1", "Connection: keep-alive")))
      assert.is_nil(assert_kept(get("1.1", "Connection:", "Connection: , x-close, closed,")))
      assert.is_nil(assert_kept(get("1.1", "Proxy-Connection: close", "X: close")))
    end)

    for _, fields in ipairs {
      { "Connection: close" }, { "connection:CLOSE" }, { "Connection: \tClose \t" },
      { "Connection: x, close" }, { "Connection: close,x" }, { "Connection: ,\t close ,," },
      { "Connection: keep-alive, close" }, { "Connection: close, keep-alive" },
      { "Connection: keep-alive", "Connection: close" },
      { "Connection: close", "Connection: keep-alive" },
    } do
      it("ends with " .. table.concat(fields, " and "), function()
        assert_ended(get("1.1", table.unpack(fields)))
      end)
    end

    it("ends in HTTP/1.0 without a word", function()
      assert_ended(get "1.0")
      assert_ended(get("1.0", "Connection: x", "Proxy-Connection: keep-alive"))
      assert_ended(get("1.0", "Connection: keep-alive, close"))
    end)

    it("is kept in HTTP/1.0 with keep-alive, and is told so", function()
      assert.equal("keep-alive", assert_kept(get("1.0", "Connection: Keep-Alive")))
      assert.equal("keep-alive", assert_kept(get("1.0", "Connection: x ,keep-alive", "X: y")))
      assert_backend_kept()
    end)

    it("of a younger HTTP/1 is one of HTTP/1.1", function()
      assert.equal("HTTP/1.1", line:ask(get "1.2").version)
      line:answer(OK .. "\r\nok")
      assert.is_nil(assert_kept(get "1.9"))
      assert_ended(get("1.2", "Connection: close"))
    end)

    it("may change its version from request to request", function()
      assert.equal("keep-alive", assert_kept(get("1.0", "Connection: keep-alive")))
      assert.is_nil(assert_kept(get "1.1"))
      assert_ended(get "1.0")
    end)

    it("is kept after a body", function()
      local body = "Content-Length: 3\r\n\r\nabc"
      assert.is_nil(assert_kept("POST / HTTP/1.1\r\nHost: x\r\n" .. body))
      assert.equal("keep-alive",
        assert_kept("POST / HTTP/1.0\r\nConnection: keep-alive\r\n" .. body))
    end)

    it("ends only after all of the response", function()
      line:ask(get("1.1", "Connection: close"))
      line.server:send(OK .. "\r\no")
      line.client:read_until "\r\n\r\no"
      line.client:expect_silence(0.02)
      line.server:send "k"
      line.client:expect "k"
      line.client:expect_eof()
      assert_backend_kept()
    end)

    it("is kept when nobody can answer", function()
      local proxy = kit.proxy {
        script = 'return { listen = "127.0.0.1:0", backends = { "%s" }, health = false }',
        "127.0.0.1:" .. kit.closed_port(),
      }
      local client = proxy:connect()
      for _ = 1, 3 do
        client:send(get "1.1")
        local response = client:read_message()
        assert.same({ 503, nil }, { response.status, response.fields.connection })
      end
      client:send(get("1.1", "Connection: close"))
      assert.equal("close", client:read_message().fields.connection)
      client:expect_eof()
    end)
  end)

  describe("of a backend", function()
    -- Is it kept after RESPONSE? That is between it and the proxy: the client's is kept anyway.
    local function assert_after(response, is_kept)
      local got = pass(get "1.1", response)
      assert.is_nil(got.fields.connection)
      assert.equal("ok", got.body)
      local connections, client = line.backend.accepted, line.client
      if not is_kept then line.server:expect_eof() end
      line:probe()
      assert.equal(client, line.client)
      assert.equal(is_kept and connections or connections + 1, line.backend.accepted)
    end

    it("is kept in HTTP/1.1 unless it says close", function()
      assert_after(OK .. "\r\nok", true)
      assert_after(OK .. "Connection: keep-alive, x\r\nKeep-Alive: timeout=1\r\n\r\nok", true)
      assert_after(OK:gsub("1.1", "1.2") .. "\r\nok", true)
      assert_after(OK .. "Connection: close\r\n\r\nok", false)
      assert_after(OK .. "Connection: keep-alive\r\nconnection: x, CLOSE\r\n\r\nok", false)
    end)

    it("is kept in HTTP/1.0 only with keep-alive", function()
      local old = OK:gsub("1.1", "1.0")
      assert_after(old .. "\r\nok", false)
      assert_after(old .. "Connection: Keep-Alive\r\n\r\nok", true)
      assert_after(old .. "Connection: keep-alive, close\r\n\r\nok", false)
    end)

    it("is not told when the client's ends", function()
      local request = line:ask(get("1.1", "Connection: close, X-Private", "X-Private: 1"))
      assert.same({}, { request.fields.connection, request.fields["x-private"] })
      assert.equal("HTTP/1.1", request.version)
      line:answer(OK .. "\r\nok")
      line.client:expect_eof()
      assert.equal("HTTP/1.1", line:ask(get "1.0").version)
      assert.equal(1, line.backend.accepted)
    end)

    -- Stops the proxy, so that it finds everything at once that is sent meanwhile.
    local function while_stopped(send)
      line.proxy:signal "sigstop"
      kit.until_true(function()
        local stat = assert(io.open(("/proc/%d/stat"):format(line.proxy.pid)))
        local state = stat:read("a"):match("%) (%a)")
        stat:close()
        return state == "T"
      end)
      send()
      line.proxy:signal "sigcont"
    end

    for _, method in ipairs { "GET", "POST" } do
      it(("that says what nobody asked for at the moment of a %s cannot answer it"):format(method),
        function()
          pass(get "1.1")
          local server = line.server
          while_stopped(function()
            server:send(OK .. "\r\nno")
            line.client:send((get("1.1"):gsub("GET", method)))
          end)
          server:expect_closed()
          line.server = nil
          line:ask()
          assert.equal("ok", line:answer(OK .. "\r\nok").body)
        end)

      it(("that ends at the moment of a %s is replaced"):format(method), function()
        pass(get "1.1")
        while_stopped(function()
          line.server:close()
          line.client:send((get("1.1"):gsub("GET", method)))
        end)
        line.server = nil
        line:ask()
        assert.equal("ok", line:answer(OK .. "\r\nok").body)
      end)
    end
  end)
end)
