# cmake --install BUILD --prefix /usr (the units name /usr/bin). What the
# programs need besides is said in docs/admin.md.
include(GNUInstallDirs)
foreach(program patchmilter patchmilterd patchmilter-reviewd
    patchmilter-agentd)
  if(TARGET ${program})
    install(TARGETS ${program} DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
install(FILES systemd/patchmilterd.service systemd/patchmilter-reviewd.service
  systemd/patchmilter-agentd.service
  DESTINATION lib/systemd/system)
install(FILES systemd/sysusers.d-patchmilter.conf
  DESTINATION lib/sysusers.d RENAME patchmilter.conf)
install(FILES systemd/tmpfiles.d-patchmilter.conf
  DESTINATION lib/tmpfiles.d RENAME patchmilter.conf)
install(FILES man/patchmilter.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES man/patchmilter.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES man/patchmilterd.8 man/patchmilter-reviewd.8
  man/patchmilter-agentd.8
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES postfix/main.cf postfix/public-inbox-config postfix/sendmail.mc
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/patchmilter/examples)
