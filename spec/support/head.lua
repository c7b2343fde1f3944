--- Heads of HTTP/1 messages, read strictly: written apart from the proxy's parser, so that a bug
-- in one does not hide itself in the other. What RFC 9112 merely tolerates is an error here.

local bytes = require "spec.support.bytes"

local head = {}

local TOKEN = "[%w!#%$%%&'%*%+%-%.%^_`|~]+"
local TEXT = "[\t\x20-\x7e\x80-\xff]*"

-- A name that came once has its value, one that came again the list of its values.
local function add_field(fields, name, value)
  local old = fields[name]
  if old == nil then
    fields[name] = value
  elseif type(old) == "table" then
    old[#old + 1] = value
  else
    fields[name] = { old, value }
  end
end

--- Reads field lines.
-- @tparam {string,...} lines without their CRLF
-- @tparam ?number from the first line to look at
-- @treturn ?table lower-case name to value, or to a list of values
-- @treturn {string,...}|string the names as they came; or why it is no field
function head.parse_fields(lines, from)
  local fields, names = {}, {}
  for i = from or 1, #lines do
    local name, value = lines[i]:match("^(" .. TOKEN .. "):[ \t]*(" .. TEXT .. ")$")
    if not name then return nil, "not a field: " .. bytes.show(lines[i]) end
    names[#names + 1] = name
    add_field(fields, name:lower(), (value:gsub("[ \t]+$", "")))
  end
  return fields, names
end

--- Splits into lines which each end with CRLF.
-- @tparam string raw
-- @treturn ?{string,...}
-- @treturn ?string why not
function head.split_lines(raw)
  local lines = {}
  for line, ending in raw:gmatch("([^\r\n]*)([\r\n]+)") do
    if ending:gsub("\r\n", "") ~= "" then
      return nil, "bare CR or LF after " .. bytes.show(line)
    end
    lines[#lines + 1] = line
  end
  return lines
end

local function parse_start(line)
  local version, status, reason = line:match("^(HTTP/1%.[01]) (%d%d%d) (" .. TEXT .. ")$")
  if version then
    return { line = line, version = version, status = math.tointeger(status), reason = reason }
  end
  local method, target
  method, target, version = line:match("^(" .. TOKEN .. ") ([\x21-\x7e]+) (HTTP/1%.[01])$")
  if not method then return nil end
  return { line = line, method = method, target = target, version = version }
end

--- Reads a head.
-- @tparam string raw all bytes including the empty line
-- @treturn ?table `line`; `method`, `target`, `version` or `version`, `status` (a number),
-- `reason`; `fields`: lower-case name to value or list of values; `names`: as they came; `raw`
-- @treturn ?string why it is odd
function head.parse(raw)
  if raw:sub(-4) ~= "\r\n\r\n" then return nil, "no empty line at the end" end
  local lines, why = head.split_lines(raw:sub(1, -3))
  if not lines then return nil, why end
  local parsed = parse_start(lines[1] or "")
  if not parsed then
    return nil, "neither a request line nor a status line: " .. bytes.show(lines[1] or "")
  end
  local fields, names = head.parse_fields(lines, 2)
  if not fields then return nil, names end
  parsed.fields, parsed.names, parsed.raw = fields, names, raw
  return parsed
end

return head
