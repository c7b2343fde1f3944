--- What a script can do to run away, in time or in memory: names and texts. A text may use
-- `kept`, a table that lasts.

return {
  { "a loop", "while true do end" },
  { "a loop of pcall", "while true do pcall(function() while true do end end) end" },
  { "a handler", "xpcall(error, function() while true do end end)" },
  { "a recursion", "local function f() return 1 + f() end f()" },
  { "coroutines",
    "while true do coroutine.resume(coroutine.create(function() while true do end end)) end" },
  { "what a coroutine closes", [[
    if kept[1] then coroutine.close(kept[1]) end
    kept[1] = coroutine.create(function()
      local x <close> = setmetatable({}, { __close = function() while true do end end })
      while true do end
    end)
    coroutine.resume(kept[1])]] },
  { "a pattern", "(('a'):rep(300000)):find('.-b')" },
  { "choices in a pattern", "(('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(41))" },
  { "repeating", "while true do ('x'):rep(1 << 20) end" },
  { "repeating nothing", "while true do (''):rep(1 << 60) end" },
  { "sorting", [[
    local t = {}
    for i = 1, 1e5 do t[i] = i * 7919 % 100003 end
    while true do table.sort(table.move(t, 1, #t, 1, {})) end]] },
  { "compiling", "while true do load(('x = 1 '):rep(10000)) end" },
  { "tables", "local t = {} while true do t = { t, t } end" },
  { "tables that are kept", "while true do kept[#kept + 1] = { kept } end" },
  { "texts", "local s = 'x' while true do s = s .. s end" },
  { "texts that are kept", "while true do kept[#kept + 1] = ('x'):rep(100000) .. #kept end" },
  { "closures that are kept", [[
    while true do
      pcall(function() kept[#kept + 1] = function() return kept end end)
    end]] },
}
