--- Calls of the C library that fail in a child, when the spec says so.
--
--     local scarce = require "spec.support.scarce"
--
--     local orders = scarce.new()
--     local proxy = kit.proxy { script = SCRIPT, env = orders.env }
--     orders:fail { call = "accept4", errno = "EMFILE", nth = 2 }
--
-- LUAPROXY_SCARCE names the library that does it (build/scarce.so, from tests/tools/scarce.c).

local files = require "spec.support.files"

local scarce = {}
scarce.__index = scarce

-- As struct order has it.
local FORMAT, ANSWER_AT, ANSWER = "=c16I4I4i4I4I4", 28, "=I4I4"

local ERRNO = {
  short = 0, EPERM = 1, EINTR = 4, EIO = 5, EAGAIN = 11, ENOMEM = 12, ENFILE = 23, EMFILE = 24,
  ENOSPC = 28, EPIPE = 32, EPROTO = 71, EADDRNOTAVAIL = 99, ENETUNREACH = 101, ECONNABORTED = 103,
  ECONNRESET = 104, ENOBUFS = 105, ENOTCONN = 107, ETIMEDOUT = 110, ECONNREFUSED = 111,
}

local function write(self, call, nth, forever, errno)
  local file = assert(io.open(self.path, "r+b"))
  file:write((FORMAT:pack(call, nth, forever, errno, 0, 0)))
  file:close()
end

--- For a child that is to be started.
-- @treturn scarce with `.env`, for the child's environment
function scarce.new()
  local self = setmetatable({ path = files.new(FORMAT:pack("", 0, 0, 0, 0, 0), "orders") }, scarce)
  self.env = {
    LD_PRELOAD = os.getenv "LUAPROXY_SCARCE" or "./build/scarce.so", SCARCE = self.path,
  }
  return self
end

--- From now on calls fail.
-- @tparam table order `call`: its name; `errno`: a name, or "short": only one byte is taken or
-- given; `nth`: the first one to fail, counted from now (1); `forever`: all that follow, too
function scarce:fail(order)
  write(self, order.call, order.nth or 1, order.forever and 1 or 0, assert(ERRNO[order.errno]))
end

--- How often it was called since it was to fail, and how often it did.
-- @treturn number
-- @treturn number
function scarce:count()
  local file = assert(io.open(self.path, "rb"))
  file:seek("set", ANSWER_AT)
  local calls, hits = ANSWER:unpack(file:read(8))
  file:close()
  return calls, hits
end

--- From now on nothing fails.
-- @treturn number as `count`
-- @treturn number
function scarce:stop()
  local calls, hits = self:count()
  write(self, "", 0, 0, 0)
  return calls, hits
end

return scarce
