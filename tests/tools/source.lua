-- Reads C as far as layers.lua and measure.lua need it. It is no compiler: it relies on the layout
-- that clang-format enforces, above all that the opening brace of a function, and only that, has a
-- line of its own.

local source = {}

-- Keeps line breaks, so that places stay the same.
local function blank(text)
  return (text:gsub("[^\n]", " "))
end

-- The position behind the string or character constant that begins at `at`.
local function behind_quote(text, at)
  local quote = text:sub(at, at)
  local i = at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == quote then return i + 1 end
    i = i + (c == "\\" and 2 or 1)
  end
  return i
end

-- The position behind the comment that begins at `at`, or nil if none does.
local function behind_comment(text, at)
  local kind = text:sub(at, at + 1)
  local _, last
  if kind == "/*" then
    _, last = text:find("*/", at + 2, true)
  elseif kind == "//" then
    last = (text:find("\n", at, true) or #text + 1) - 1
  else
    return nil
  end
  return (last or #text) + 1
end

-- The text with comments, the insides of constants and preprocessor lines blanked.
local function code_of(text)
  local out, at = {}, 1
  while true do
    local i = text:find("[\"'/]", at)
    if not i then break end
    out[#out + 1] = text:sub(at, i - 1)
    at = behind_comment(text, i)
    if at then
      out[#out + 1] = blank(text:sub(i, at - 1))
    elseif text:sub(i, i) == "/" then
      out[#out + 1], at = "/", i + 1
    else
      at = behind_quote(text, i)
      local quote = text:sub(i, i)
      out[#out + 1] = quote .. blank(text:sub(i + 1, at - 2)) .. quote
    end
  end
  out[#out + 1] = text:sub(at)

  local lines, continued = {}, false
  for line in table.concat(out):gmatch("([^\n]*)\n") do
    local directive = continued or line:match("^%s*#") ~= nil
    continued = directive and line:match("\\%s*$") ~= nil
    lines[#lines + 1] = directive and "" or line
  end
  return lines
end

local function includes_of(lines)
  local includes = {}
  for number, line in ipairs(lines) do
    local mark, name = line:match('^%s*#%s*include%s*([<"])([^>"]+)')
    if name then
      includes[#includes + 1] = { line = number, name = name, system = mark == "<" }
    end
  end
  return includes
end

local function without_attributes(text)
  return (text:gsub("__attribute__%s*%b()", blank))
end

local function ends_comment(line)
  return line ~= nil and (line:match("%*/%s*$") or line:match("^%s*//")) ~= nil
end

-- The functions defined: name, first and last line, body, whether a comment stands above.
local function functions_of(lines, code)
  local functions = {}
  for brace, text in ipairs(code) do
    if text == "{" then
      local first, last = brace, brace
      while first > 1 and code[first - 1]:match("%S") and not code[first - 1]:match("[;}]%s*$") do
        first = first - 1
      end
      while last < #code and not code[last]:match("^}") do last = last + 1 end
      local signature = without_attributes(table.concat(code, "\n", first, brace - 1))
      functions[#functions + 1] = {
        name = signature:match("([%a_][%w_]*)%s*%(") or "?",
        first = first,
        last = last,
        length = last - first + 1,
        static = signature:match("%f[%w_]static%f[^%w_]") ~= nil,
        commented = ends_comment(lines[first - 1]),
        body = table.concat(code, "\n", brace, last),
      }
    end
  end
  return functions
end

-- The functions a header offers, prototypes and inline ones: name, line, whether a comment stands
-- above. One comment may stand above several that follow each other without an empty line.
local function prototypes_of(lines, code)
  local prototypes = {}
  local text = table.concat(code, "\n") .. "\n"
  local flat = without_attributes(text:gsub("%b{}", function(block)
    return "{" .. blank(block:sub(2, -2)) .. "}"
  end))
  local line, at, covered = 1, 1, nil
  while true do
    local stop = flat:find("[;}]", at)
    if not stop then break end
    local skipped = flat:match("^%s*", at)
    local statement = flat:sub(at + #skipped, stop)
    local _, breaks = skipped:gsub("\n", "")
    line = line + breaks
    local _, inner = statement:gsub("\n", "")
    local name = statement:match("^[%a_][%w_%s%*]-([%a_][%w_]*)%s*%b()%s*;$")
      or statement:match("^[%a_][%w_%s%*]-([%a_][%w_]*)%s*%b()%s*{%s*}$")
    if name and not statement:match("^typedef%f[^%w_]") then
      local commented = ends_comment(lines[line - 1]) or ends_comment(lines[line + inner])
        or covered == line - 1
      prototypes[#prototypes + 1] = { name = name, line = line, commented = commented }
      covered = commented and line + inner or nil
    end
    line = line + inner
    at = stop + 1
  end
  return prototypes
end

--- Reads one C file.
-- @tparam string path for instance core/base/buf.c
-- @treturn table `path`, `layer`, `module` and `is_header` from its name; `lines`, and `code`: the
--   same without comments, constants and preprocessor lines; `includes`, `functions`, `prototypes`
--   (of a header)
function source.read(path)
  local file = assert(io.open(path))
  local text = file:read("a")
  file:close()
  if text:sub(-1) ~= "\n" then text = text .. "\n" end

  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  local code = code_of(text)
  local is_header = path:match("%.h$") ~= nil
  return {
    path = path,
    layer = path:match("([^/]+)/[^/]+$"),
    module = path:match("([^/]+)%.%a$"),
    is_header = is_header,
    lines = lines,
    code = code,
    includes = includes_of(lines),
    functions = functions_of(lines, code),
    prototypes = is_header and prototypes_of(lines, code) or {},
  }
end

--- The paths below a folder, in order.
-- @tparam string folder
-- @tparam string pattern what a path must match
-- @treturn {string,...} none if there is no such folder
function source.paths(folder, pattern)
  local paths = {}
  local find = assert(io.popen("find " .. folder .. " -type f 2>/dev/null | LC_ALL=C sort"))
  for path in find:lines() do
    if path:match(pattern) then paths[#paths + 1] = path end
  end
  find:close()
  return paths
end

--- Reads all C files below a folder.
-- @tparam string folder
-- @treturn {table,...} what source.read says of each, in the order of their paths
function source.read_all(folder)
  local files = {}
  for i, path in ipairs(source.paths(folder, "%.[ch]$")) do files[i] = source.read(path) end
  return files
end

local function tokens_of(body)
  local tokens, at = {}, 1
  while true do
    at = body:find("%S", at)
    if not at then return tokens end
    local token = body:match("^[%w_]+", at) or body:match("^&&", at) or body:match("^||", at)
      or body:match('^"[^"]*"', at) or body:match("^'[^']*'", at) or body:sub(at, at)
    tokens[#tokens + 1] = token
    at = at + #token
  end
end

local opens = { ["("] = ")", ["["] = "]", ["{"] = "}" }

-- The position behind the bracket that closes the one at `at`.
local function behind_bracket(tokens, at)
  local depth = 0
  repeat
    local token = tokens[at]
    if opens[token] then depth = depth + 1 end
    if token == ")" or token == "]" or token == "}" then depth = depth - 1 end
    at = at + 1
  until depth == 0 or at > #tokens
  return at
end

-- The position behind an expression or declaration, or behind a label.
local function behind_plain(tokens, at)
  if tokens[at + 1] == ":" and tokens[at]:match("^[%a_]") then return at + 2 end
  if tokens[at] == "case" then
    while at <= #tokens and tokens[at] ~= ":" do at = at + 1 end
    return at + 1
  end
  while at <= #tokens and tokens[at] ~= ";" do
    if tokens[at] == "}" then return at end -- never beyond the block, whatever a macro hides
    at = opens[tokens[at]] and behind_bracket(tokens, at) or at + 1
  end
  return at + 1
end

local heads = { ["if"] = true, ["for"] = true, ["while"] = true, ["switch"] = true }

-- Walks over one statement that is `depth` levels deep and notes the deepest level. Returns the
-- position behind it.
local function walk(tokens, at, depth, seen)
  local token = tokens[at]
  seen.depth = math.max(seen.depth, depth)
  if token == "{" then
    at = at + 1
    while at <= #tokens and tokens[at] ~= "}" do at = walk(tokens, at, depth, seen) end
    return at + 1
  elseif token == "do" then
    return behind_plain(tokens, walk(tokens, at + 1, depth + 1, seen))
  end
  local body = tokens[at + 1] == "(" and behind_bracket(tokens, at + 1)
  if body and not heads[token] and tokens[body] == "{" then
    seen.loops = seen.loops + 1 -- a macro that loops
  elseif not (body and heads[token]) then
    return behind_plain(tokens, at)
  end
  at = walk(tokens, body, depth + 1, seen)
  if token == "if" and tokens[at] == "else" then
    local chained = tokens[at + 1] == "if"
    at = walk(tokens, at + 1, chained and depth or depth + 1, seen)
  end
  return at
end

local decides = {
  ["if"] = true, ["for"] = true, ["while"] = true, ["case"] = true,
  ["&&"] = true, ["||"] = true, ["?"] = true,
}

--- How involved a function is.
-- @tparam string body with its braces, from source.read
-- @treturn number its decisions: `if`, loops, `case`, `&&`, `||`, `?`
-- @treturn number how deep its statements are nested; those of the function itself are at 0
function source.weigh(body)
  local tokens = tokens_of(body)
  local seen = { depth = 0, loops = 0 }
  walk(tokens, 1, 0, seen)
  local decisions = seen.loops
  for _, token in ipairs(tokens) do
    if decides[token] then decisions = decisions + 1 end
  end
  return decisions, seen.depth
end

return source
